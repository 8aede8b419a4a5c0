// Runs in the browser's audio thread: turns what the microphone gives into chunks of plain
// samples (16 bits), and says how loud it is. No sample is left out or given twice: what
// arrives while it is on belongs to exactly one chunk.

// The audio thread's own globals, which the compiler's libraries do not know.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;

const CHUNK_SECONDS = 2;
const LEVELS_A_SECOND = 12;
const LOUDEST = 32767;

class Recorder extends AudioWorkletProcessor {
  private on = false;
  private chunk = new Int16Array(CHUNK_SECONDS * sampleRate);
  private filled = 0;
  private loudest = 0;
  private sinceLevel = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<"on" | "off">) => {
      this.on = event.data === "on";
      if (!this.on) {
        this.give();
        this.port.postMessage({ off: true });
      }
    };
  }

  process(inputs: Float32Array[][]): boolean {
    const heard = inputs[0]?.[0];
    if (heard) {
      this.measure(heard);
      if (this.on) this.take(heard);
    }
    return true;
  }

  private take(heard: Float32Array): void {
    for (const value of heard) {
      this.chunk[this.filled++] = Math.round(Math.max(-1, Math.min(1, value)) * LOUDEST);
      if (this.filled === this.chunk.length) this.give();
    }
  }

  private give(): void {
    if (this.filled === 0) return;
    const samples = this.chunk.slice(0, this.filled).buffer;
    this.filled = 0;
    this.port.postMessage({ samples }, [samples]);
  }

  private measure(heard: Float32Array): void {
    for (const value of heard) this.loudest = Math.max(this.loudest, Math.abs(value));
    this.sinceLevel += heard.length;
    if (this.sinceLevel < sampleRate / LEVELS_A_SECOND) return;
    this.port.postMessage({ level: this.loudest });
    this.loudest = this.sinceLevel = 0;
  }
}

registerProcessor("recorder", Recorder);
