import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Channel } from "../kernel/channel";
import type { Media } from "../kernel/media";
import type { CompareView, Take } from "../kernel/messages";
import { Scope } from "../ui/scope";
import { kernelOf } from "./deck";
import { mountCompare } from "./player";

/** A signal of another bundle: its own copy of the library follows it, this one only listens. */
export interface Followed<T> {
  subscribe(listener: (value: T) => void): () => void;
  peek(): T;
}

/** What a Studio gives to the comparison that it has loaded. */
export interface Host {
  takes: Followed<readonly Take[]>;
  usable: Followed<boolean>;
  media: Media;
  channel: Channel;
  /** The takes that are compared, for what the kernel is asked. */
  jobs(): string[];
}

/** Put a comparison into an element of a Studio; returns what ends it. */
export function open(el: HTMLElement, host: Host): () => void {
  const scope = new Scope();
  mountCompare(
    el,
    {
      takes: followed(host.takes, scope),
      usable: followed(host.usable, scope),
      media: host.media,
      columns: signal(0),
      view: signal<CompareView>("grid"),
      blind: signal(false),
      ...kernelOf(host.channel, () => host.jobs()),
    },
    scope,
  );
  return () => scope.end();
}

function followed<T>(source: Followed<T>, scope: Scope): ReadonlySignal<T> {
  const own = signal(source.peek());
  scope.add(
    source.subscribe((value) => {
      own.value = value;
    }),
  );
  return own;
}
