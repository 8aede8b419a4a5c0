// Chunks that the server has not acknowledged, sealed under a key that only the server can
// give again, to the person who records: what is left in the browser after the log-off, or
// after a crash, opens for nobody else. Each is removed as soon as it is acknowledged.

export type Chunk = { number: number; samples: ArrayBuffer };

type Sealed = { capture: string; number: number; nonce: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };

const NONCE = 12; // bytes

export class Kept {
  private constructor(
    private readonly database: IDBDatabase,
    private readonly capture: string,
    private readonly key: CryptoKey,
  ) {}

  /** key: 32 bytes in hex. */
  static async opened(capture: string, key: string): Promise<Kept> {
    const raw = Uint8Array.from(key.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const usages: KeyUsage[] = ["encrypt", "decrypt"];
    const imported = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, usages);
    return new Kept(await database(), capture, imported);
  }

  async put(chunk: Chunk): Promise<void> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
    const sealed = await crypto.subtle.encrypt(this.how(nonce), this.key, chunk.samples);
    const row: Sealed = { capture: this.capture, number: chunk.number, nonce, sealed };
    await done(this.store("readwrite").put(row));
  }

  async remove(number: number): Promise<void> {
    await done(this.store("readwrite").delete([this.capture, number]));
  }

  /** In the order of their numbers; what does not open was sealed by another, and stays. */
  async all(): Promise<Chunk[]> {
    const range = IDBKeyRange.bound([this.capture], [this.capture, []]);
    const rows: Sealed[] = await done(this.store("readonly").getAll(range));
    return Promise.all(
      rows.map(async ({ number, nonce, sealed }) => ({
        number,
        samples: await crypto.subtle.decrypt(this.how(nonce), this.key, sealed),
      })),
    );
  }

  private how(nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
    return { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(this.capture) };
  }

  private store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction("chunks", mode).objectStore("chunks");
  }
}

function database(): Promise<IDBDatabase> {
  const asked = indexedDB.open("attending-capture", 1);
  asked.onupgradeneeded = () =>
    asked.result.createObjectStore("chunks", { keyPath: ["capture", "number"] });
  return done(asked);
}

function done<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
