// Written by scripts/page_messages.py from src/rushes/widgets/messages/; change that.

/** Messages of a board: its axes and cells, and how they are arranged. */

export type SheetKind = "picture" | "page" | "csv";

/** Something that differs between the cells of a board. */
export interface BoardAxis {
  name: string;
  title: string;
  /** As they are shown, in order. */
  values: string[];
}

/** A place on a board, whether there is a take for it or not. */
export interface BoardCell {
  /** Which value it has on each axis. */
  at: number[];
  /** Width by height of its video, measured or expected. */
  ratio: number;
}

/** What a board shows. */
export interface BoardLayout {
  title: string;
  axes: BoardAxis[];
  cells: BoardCell[];
}

/** The axes that are the rows and the columns of a board; without any it is a wall of cells. */
export interface Arrangement {
  rows?: string[];
  columns?: string[];
}

/** Make a file of a board, as it is arranged on the page. */
export interface Sheet {
  what: SheetKind;
  rows: string[];
  columns: string[];
  /** The number of the cell in each place, by row; -1 where nothing stands. */
  cells: number[][];
}
