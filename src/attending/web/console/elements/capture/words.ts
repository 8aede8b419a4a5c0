// What the page says, in one place.

import type { Trouble } from "./sender";

export type Deck = "opening" | "ready" | "recording" | "paused" | "ending" | "making" | "drafted" | "ended";

const STATES: Record<Deck, string> = {
  opening: "One moment",
  ready: "Ready",
  recording: "Recording",
  paused: "Paused",
  ending: "Sending the last seconds",
  making: "Ended. The draft is being made.",
  drafted: "The draft is ready",
  ended: "Ended",
};

const TROUBLES: Record<Trouble, string> = {
  "": "",
  lost: "Connection lost. Nothing is lost: it is kept on this computer, and sent when the connection is back.",
  "logged-out": "Your session has ended. What is recorded is kept on this computer: log in in another window, and it is sent.",
  elsewhere: "This visit was recorded in another window, too. Recording has stopped here; what was recorded here follows what stands.",
  ended: "This recording was ended elsewhere. What is kept on this computer is not in it.",
  refused: "The server does not take this recording any more: the patient may have withdrawn, or your rights were changed. Ask at the worklist.",
};

const MICROPHONE: Record<string, string> = {
  NotAllowedError:
    "The browser may not use the microphone. Choose the sign beside the address of this page, allow the microphone, then choose Record again.",
  NotFoundError: "No microphone was found. Connect one, then choose Record again.",
  NotReadableError:
    "The microphone does not answer. Another program may hold it: close that, then choose Record again.",
};

const WORTH_SAYING = 5; // seconds; a chunk or two are always on their way

export const UNPROTECTED =
  "This page was opened over an unprotected connection, where a browser records nothing. Open it by its https address.";
export const DISCONNECTED =
  "The microphone was disconnected. What was recorded stays. Connect it again, then choose Go on.";
export const OTHER_WINDOW = "This visit is open in another window of this browser. Record there, or close it and load this page again.";

export function statusOf(deck: Deck, trouble: Trouble): string {
  return [STATES[deck], TROUBLES[trouble]].filter(Boolean).join(". ").replace("..", ".");
}

export function microphoneOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  return MICROPHONE[name] ?? "The microphone could not be opened. Check that it is connected, then choose Record again.";
}

const QUIETEST = -60; // decibels

/** How high a level stands, 0..1, as loud as it seems to be. */
export function heightOf(loudness: number): number {
  const decibels = loudness > 0 ? 20 * Math.log10(loudness) : QUIETEST;
  return Math.max(0, 1 - decibels / QUIETEST);
}

/** Seconds as "1:23". */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function keptOf(seconds: number): string {
  return seconds < WORTH_SAYING ? "" : `Kept on this computer until it is sent: ${Math.round(seconds)} s`;
}
