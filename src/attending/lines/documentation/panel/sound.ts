// The recording: plays stretches of it one after another, and says where it is.

export interface Stretch {
  start: number;
  end: number;
}

export interface Told {
  moved(at: number, playing: boolean): void;
  failed(why: string): void;
}

const LEAD = 0.15; // seconds before a stretch, so that its first sound is whole
const TAIL = 0.25;
const LOOK = 50; // milliseconds between looks at where it is
const UNSUPPORTED = "This browser cannot play a recording of this kind.";
const GONE = "The recording does not come. Load the page again.";
const SILENT = "Click in the page once: until then the browser plays no sound by itself.";

export class Sound {
  #waiting: Stretch[] = [];
  #until = Infinity;
  #clock = 0;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly told: Told,
  ) {
    audio.addEventListener("playing", () => this.#watch());
    audio.addEventListener("pause", () => this.#look());
    audio.addEventListener("seeked", () => this.#look());
    audio.addEventListener("error", () => void this.#explain());
  }

  get playing(): boolean {
    return !this.audio.paused;
  }

  get at(): number {
    return this.audio.currentTime;
  }

  play(stretches: readonly Stretch[]): void {
    this.#waiting = joined(stretches);
    this.#next();
  }

  /** From here to the end, or not on. */
  toggle(): void {
    if (this.playing) return this.pause();
    this.#until = Infinity;
    this.#waiting = [];
    this.#start();
  }

  pause(): void {
    this.#waiting = [];
    this.audio.pause();
  }

  seek(at: number): void {
    this.#until = Infinity;
    this.#waiting = [];
    this.audio.currentTime = Math.max(0, at);
    this.#look();
  }

  set speed(times: number) {
    this.audio.playbackRate = times;
    this.audio.defaultPlaybackRate = times;
  }

  #next(): void {
    const stretch = this.#waiting.shift();
    if (!stretch) return;
    this.#until = stretch.end + TAIL;
    this.audio.currentTime = Math.max(0, stretch.start - LEAD);
    this.#start();
  }

  #start(): void {
    this.audio.play().catch((error: unknown) => {
      const name = error instanceof DOMException ? error.name : "";
      if (name === "NotAllowedError") this.told.failed(SILENT);
      else if (name !== "AbortError" && name !== "NotSupportedError") throw error;
    });
  }

  #watch(): void {
    clearInterval(this.#clock);
    this.#clock = setInterval(() => this.#look(), LOOK);
    this.told.failed("");
    this.#look();
  }

  #look(): void {
    if (this.playing && this.at >= this.#until) {
      if (this.#waiting.length) this.#next();
      else this.audio.pause();
    }
    if (!this.playing) clearInterval(this.#clock);
    this.told.moved(this.at, this.playing);
  }

  async #explain(): Promise<void> {
    clearInterval(this.#clock);
    const asked = await fetch(this.audio.src, { headers: { range: "bytes=0-0" } }).catch(() => null);
    const kind = asked?.headers.get("content-type") ?? "";
    const there = asked?.ok === true && !kind.startsWith("text/html");
    this.told.failed(there ? UNSUPPORTED : GONE);
  }
}

/** In their order; what lies close together is played in one go. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const made: Stretch[] = [];
  for (const { start, end } of stretches) {
    const last = made[made.length - 1];
    if (last && start >= last.start && start - last.end < 1) last.end = Math.max(last.end, end);
    else made.push({ start, end });
  }
  return made;
}
