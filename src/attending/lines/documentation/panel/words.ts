// The words of the transcript and when each was said. They stand as plain text: a word's
// place is found when it is asked for, and marked without touching the page's elements.

import type { Span } from "./spans";

/** A piece of text between blanks, in seconds of the recording. */
export interface Word {
  start: number;
  end: number;
  node: Text;
  from: number;
  to: number;
}

const SLACK = 0.01; // seconds, as on the server
const known = new WeakMap<Element, Word[]>();

export function wordsOf(passage: Element): Word[] {
  let words = known.get(passage);
  if (!words) known.set(passage, (words = timed(passage)));
  return words;
}

/** The words whose middle lies in the span, if it is of this utterance at all. */
export function within(utterance: Element, passage: Element, span: Span): Word[] {
  if (span.anchor !== null && span.anchor !== utterance.id) return [];
  return wordsOf(passage).filter(({ start, end }) => {
    const middle = (start + end) / 2;
    return span.start - SLACK <= middle && middle <= span.end + SLACK;
  });
}

/** From the first of neighbouring words to the last. */
export function rangeOf(words: readonly Word[]): Range | null {
  const [first, last] = [words[0], words[words.length - 1]];
  if (!first || !last) return null;
  const range = new Range();
  range.setStart(first.node, first.from);
  range.setEnd(last.node, last.to);
  return range;
}

/** What is said, without what we say of it to those who do not see. */
export function textsOf(element: Element): Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(".hidden") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const found: Text[] = [];
  while (walker.nextNode()) found.push(walker.currentNode as Text);
  return found;
}

/** Under this name the style sheet says how they look. Older browsers mark the turn alone. */
export function highlight(name: string, ranges: readonly (Range | null)[]): void {
  if (!("highlights" in CSS)) return;
  const there = ranges.filter((range) => range !== null);
  if (there.length) CSS.highlights.set(name, new Highlight(...there));
  else CSS.highlights.delete(name);
}

function timed(passage: Element): Word[] {
  const times = (passage.getAttribute("data-t") ?? "").split(" ").map(Number);
  const words: Word[] = [];
  let at = 0;
  for (const { node, from, to } of pieces(passage)) {
    const [gap, length] = [times[2 * words.length], times[2 * words.length + 1]];
    if (gap === undefined || length === undefined) break;
    const start = at + gap;
    at = start + length;
    words.push({ start: start / 100, end: at / 100, node, from, to });
  }
  return words;
}

function* pieces(passage: Element): Generator<{ node: Text; from: number; to: number }> {
  for (const node of textsOf(passage)) {
    for (const found of node.data.matchAll(/\S+/g)) {
      yield { node, from: found.index, to: found.index + found[0].length };
    }
  }
}
