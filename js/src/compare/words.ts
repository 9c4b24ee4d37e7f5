/** A part of a text, and whether the other text lacks it. */
export interface Piece {
  text: string;
  changed: boolean;
}

const MOST_WORDS = 1500;

/** Both texts in pieces of words: what they share (longest common subsequence) and what not. */
export function wordDiff(left: string, right: string): [Piece[], Piece[]] {
  const a = words(left);
  const b = words(right);
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) {
    const changed = left !== right;
    return [[{ text: left, changed }], [{ text: right, changed }]];
  }
  const common = shared(a, b);
  return [pieces(a, common.left), pieces(b, common.right)];
}

/** Words with the space after them, so that joined they are the text again. */
function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_'’-]+\s*|[^\s\p{L}\p{N}]\s*/gu) ?? [];
}

function shared(a: string[], b: string[]): { left: Set<number>; right: Set<number> } {
  const [x, y] = [a.map((word) => word.trim()), b.map((word) => word.trim())];
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        x[i] === y[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const [left, right] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (x[i] === y[j]) {
      left.add(i++);
      right.add(j++);
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return { left, right };
}

function pieces(all: string[], kept: Set<number>): Piece[] {
  const found: Piece[] = [];
  all.forEach((text, index) => {
    const changed = !kept.has(index);
    const last = found.at(-1);
    if (last && last.changed === changed) last.text += text;
    else found.push({ text, changed });
  });
  return found;
}
