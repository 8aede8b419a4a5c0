// The microphone: gives chunks of samples and the level, from the audio thread.

export const SAMPLE_RATE = 16_000;

export type Heard = {
  chunk: (samples: ArrayBuffer) => void;
  level: (loudness: number) => void;
  lost: () => void;
};

type Said = { samples?: ArrayBuffer; level?: number; off?: boolean };

export class Microphone {
  private flushed: (() => void) | null = null;

  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly node: AudioWorkletNode,
    heard: Heard,
  ) {
    node.port.onmessage = (event: MessageEvent<Said>) => {
      if (event.data.samples) heard.chunk(event.data.samples);
      if (event.data.level !== undefined) heard.level(event.data.level);
      if (event.data.off) this.flushed?.();
    };
    for (const track of stream.getAudioTracks()) track.addEventListener("ended", heard.lost);
  }

  /** Asks the person; throws what getUserMedia throws. worklet: its address. */
  static async opened(worklet: string, heard: Heard): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      // What makes calls pleasant takes quiet words away.
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true },
    });
    const context = new AudioContext({ sampleRate: SAMPLE_RATE });
    await context.audioWorklet.addModule(worklet);
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    context.createMediaStreamSource(stream).connect(node);
    return new Microphone(context, stream, node, heard);
  }

  async on(): Promise<void> {
    await this.context.resume();
    this.node.port.postMessage("on");
  }

  /** When it returns, all that was heard has been given as chunks. */
  async off(): Promise<void> {
    const flushed = new Promise<void>((resolve) => (this.flushed = resolve));
    this.node.port.postMessage("off");
    await flushed;
  }

  async close(): Promise<void> {
    for (const track of this.stream.getTracks()) track.stop();
    await this.context.close();
  }
}
