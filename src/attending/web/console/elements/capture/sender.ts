// Sends chunks one after the other, and keeps each until the server has acknowledged it.

import { Kept, type Chunk } from "./kept";
import { Conflicting, LoggedOut, Refused, Server, Unreached } from "./server";

export type Trouble = "" | "lost" | "logged-out" | "elsewhere" | "ended" | "refused";

const FIRST_WAIT = 1_000; // milliseconds; then it doubles
const LONGEST_WAIT = 8_000;

export class Sender {
  /** What keeps chunks from being sent; "" if nothing does. */
  trouble: Trouble = "";
  private waiting: Chunk[] = [];
  private next = 1;
  private wait = FIRST_WAIT;
  private working: Promise<void> | null = null;
  private wake: () => void = () => {};

  constructor(
    private readonly server: Server,
    private readonly kept: Kept | null,
    private readonly changed: () => void,
  ) {
    window.addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => this.wake());
  }

  /** Takes up what a page before this one could not send; the bytes that the server has not.
   *
   * next: the server's. A chunk below it may stand there already: the page before may have gone
   * between its sending and our forgetting it. It is sent once more, and not counted twice.
   */
  async begin(next: number): Promise<number> {
    this.waiting = (await this.kept?.all()) ?? [];
    const unsent = this.waiting.filter((chunk) => chunk.number >= next);
    this.next = Math.max(next, (this.waiting.at(-1)?.number ?? 0) + 1);
    this.work();
    return unsent.reduce((sum, chunk) => sum + chunk.samples.byteLength, 0);
  }

  /** Bytes that only this computer has. */
  get bytes(): number {
    return this.waiting.reduce((sum, chunk) => sum + chunk.samples.byteLength, 0);
  }

  /** How many chunks there are in all. */
  get chunks(): number {
    return this.next - 1;
  }

  add(samples: ArrayBuffer): void {
    const chunk = { number: this.next++, samples };
    this.waiting.push(chunk);
    // If the browser keeps nothing, the page itself still does.
    this.kept?.put(chunk).catch((error: unknown) => console.warn("not kept", error));
    this.changed();
    this.work();
  }

  /** Until all was acknowledged, or something else than the connection is in the way. */
  async settled(): Promise<void> {
    while (this.waiting.length > 0 && !this.isStopped) {
      this.work();
      await this.working;
    }
  }

  /** After a new log-in, or whenever a person says so. */
  retry(): void {
    if (this.trouble === "logged-out" || this.trouble === "lost") this.trouble = "";
    this.wake();
    this.work();
  }

  private get isStopped(): boolean {
    return this.trouble === "ended" || this.trouble === "refused";
  }

  private work(): void {
    if (this.working || this.isStopped) return;
    this.working = this.send().finally(() => (this.working = null));
  }

  private async send(): Promise<void> {
    for (let chunk = this.waiting[0]; chunk; chunk = this.waiting[0]) {
      try {
        await this.server.send(chunk.number, chunk.samples);
        await this.acknowledged(chunk);
      } catch (error) {
        await this.failed(error);
        if (this.isStopped) return;
      }
    }
  }

  private async acknowledged(chunk: Chunk): Promise<void> {
    this.waiting.shift();
    this.wait = FIRST_WAIT;
    if (this.trouble !== "elsewhere") this.trouble = "";
    await this.kept?.remove(chunk.number);
    this.changed();
  }

  private async failed(error: unknown): Promise<void> {
    if (error instanceof Conflicting) return this.renumber();
    if (error instanceof Refused) this.trouble = "refused";
    else if (error instanceof LoggedOut) this.trouble = "logged-out";
    else if (error instanceof Unreached) this.trouble = "lost";
    else throw error;
    this.changed();
    if (!this.isStopped) await this.pause();
  }

  private async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, this.wait);
    });
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }

  /** Another window has recorded under our numbers: ours follow what stands. */
  private async renumber(): Promise<void> {
    try {
      const now = await this.server.state(0, true);
      this.trouble = now.state === "ended" ? "ended" : "elsewhere";
      if (!this.isStopped) await this.moved(now.next);
    } catch (error) {
      if (error instanceof Conflicting) throw error;
      return this.failed(error);
    }
    this.changed();
  }

  private async moved(next: number): Promise<void> {
    const before = this.waiting.map((chunk) => chunk.number);
    this.waiting.forEach((chunk, index) => (chunk.number = next + index));
    this.next = next + this.waiting.length;
    for (const chunk of this.waiting) await this.kept?.put(chunk);
    const now = new Set(this.waiting.map((chunk) => chunk.number));
    for (const number of before) if (!now.has(number)) await this.kept?.remove(number);
  }
}
