// A plain search in what was said: nothing leaves the page.

import { highlight, textsOf } from "./words";

interface Place {
  node: Text;
  from: number; // in the text of the whole turn
}

interface Turn {
  element: HTMLElement;
  text: string;
  places: Place[];
}

export interface Match {
  utterance: HTMLElement;
  range: Range;
}

export class Search {
  #turns: Turn[] | null = null;
  #matches: Match[] = [];
  #at = -1;

  constructor(private readonly utterances: readonly HTMLElement[]) {}

  /** Marks every match; how many there are. */
  find(words: string): number {
    const wanted = folded(words.trim().replace(/\s+/g, " "));
    this.#at = -1;
    this.#matches = wanted ? this.#known().flatMap((turn) => [...matches(turn, wanted)]) : [];
    highlight("attending-found", this.#matches.map((match) => match.range));
    highlight("attending-found-now", []);
    return this.#matches.length;
  }

  /** The next match, or with -1 the one before; which one it is, from 1. */
  step(by: 1 | -1): { match: Match; number: number; of: number } | null {
    const of = this.#matches.length;
    this.#at = this.#at < 0 && by < 0 ? of - 1 : (this.#at + by + of) % of;
    const match = this.#matches[this.#at];
    if (!match) return null;
    highlight("attending-found-now", [match.range]);
    return { match, number: this.#at + 1, of };
  }

  #known(): Turn[] {
    return (this.#turns ??= this.utterances.map(read));
  }
}

function read(element: HTMLElement): Turn {
  const places: Place[] = [];
  let text = "";
  for (const node of textsOf(element.querySelector(".words") ?? element)) {
    places.push({ node, from: text.length });
    text += folded(node.data);
  }
  return { element, text, places };
}

function* matches({ element, text, places }: Turn, wanted: string): Generator<Match> {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    const range = new Range();
    const [first, last] = [place(places, at), place(places, at + wanted.length - 1)];
    if (!first || !last) return;
    range.setStart(first.node, at - first.from);
    range.setEnd(last.node, at + wanted.length - last.from);
    yield { utterance: element, range };
  }
}

function place(places: readonly Place[], at: number): Place | undefined {
  return places.findLast(({ from }) => from <= at);
}

/** In small letters, each at its place: what would change the length stays as it is. */
function folded(text: string): string {
  const small = text.toLowerCase();
  return small.length === text.length ? small : text;
}
