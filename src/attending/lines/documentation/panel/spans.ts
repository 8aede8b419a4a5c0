// What the console and a panel tell each other, by events on the source's column:
//   attending:evidence      to the panel: show these spans, and play them if asked
//   attending:note-changed  to the panel: the statements as they stand now
//   attending:source-focus  to the console: the reader is at this stretch, or at none

export interface Span {
  kind: string;
  start: number;
  end: number;
  anchor: string | null;
  channel?: string | null;
}

export interface Evidence {
  spans: Span[];
  play: boolean;
  why: "hover" | "focus" | "asked";
}

export interface Statement {
  id: string;
  section: string;
  spans: Span[];
}

/** Of speech alone: another channel's stretch is not in a transcript. */
export function spoken(spans: readonly Span[]): Span[] {
  return spans.filter(
    (span) => span.kind === "time" && (span.channel == null || span.channel === "audio"),
  );
}

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function same(a: readonly Span[], b: readonly Span[]): boolean {
  const alike = (one: Span, n: number): boolean => one.start === b[n]?.start && one.end === b[n]?.end;
  return a.length === b.length && a.every(alike);
}
