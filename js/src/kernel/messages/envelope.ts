// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** What all messages between a page and the kernel have: their limits, their replies. */

export type Values = Record<string, unknown>;

/** What is wrong with a request. */
export interface Problem {
  parameter: string | null;
  message: string;
  /** Which item of a list, from 0. */
  index?: number | null;
  /** Which field of an object. */
  part?: string | null;
}

/** Which life of the kernel answers. */
export interface Greeting {
  epoch: string;
}

/** What happened, in words. */
export interface Said {
  message: string;
}

/** It is done. */
export interface Nothing {
}

/** Why a message was refused. */
export interface ReplyError {
  code?: string;
  message?: string;
  problems?: Problem[];
}

/** The one answer to a message. */
export interface Reply {
  kind: "reply";
  id: string;
  ok: boolean;
  value?: unknown;
  error?: ReplyError;
}

/** Brings the whole list to a page that has another revision of it. */
export interface Hello {
  revision?: number | null;
}
