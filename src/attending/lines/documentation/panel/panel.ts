// The transcript beside the note.
export {};
