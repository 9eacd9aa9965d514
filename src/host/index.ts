/** The only door to the operating system, and the recorded machines that stand in for it. */
export { spareAllocator } from './allocator.ts';
export { describeDevice } from './description.ts';
export { readManagedSources, watchManaged } from './managed.ts';
export { readTrustedText } from './managed-files.ts';
export { type Peer, peerOf } from './peer.ts';
export { processStart } from './process-start.ts';
export { createRealHost } from './real.ts';
export { createRecordedHost } from './recorded.ts';
export { createRecorder } from './recorder.ts';
export { parseRecording } from './recording.ts';
export { watchFile } from './watch/files.ts';
export { createCollector, createWatcher } from './watch/index.ts';
export type { Unwatched, Watching } from './watch/source.ts';
