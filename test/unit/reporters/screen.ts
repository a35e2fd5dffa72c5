/** A terminal that knows just what a reporter may send: text, line feed, carriage return, erase to the end, colours. */
export class Screen {
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The number of columns of the widest text that was shown between two moves to the left edge. */
  widest = 0;

  readonly feed = (text: string): void => {
    for (const [token] of text.matchAll(/\u001b\[\d*[A-Za-z]|[\s\S]/gu)) this.#obey(token);
  };

  /** What is to be seen now; rows are trimmed at their end. */
  get rows(): string[] {
    return this.#rows.map((cells) => cells.join("").trimEnd());
  }

  #obey(token: string): void {
    if (token === "\r") this.#column = 0;
    else if (token === "\n") this.#nextRow();
    else if (token === "\u001b[K") this.#cells.length = Math.min(this.#cells.length, this.#column);
    else if (/^\u001b\[\d+m$/.test(token)) return;
    else if (/^\p{Cc}/u.test(token)) throw new Error(`not for a terminal: ${JSON.stringify(token)}`);
    else this.#put(token);
  }

  get #cells(): string[] {
    return (this.#rows[this.#row] ??= []);
  }

  #nextRow(): void {
    this.#row += 1;
    this.#column = 0;
    this.#rows[this.#row] ??= [];
  }

  #put(character: string): void {
    this.#cells[this.#column] = character;
    this.#column += 1;
    this.widest = Math.max(this.widest, this.#column);
  }
}
