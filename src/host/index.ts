/** The only door to the operating system, and the recorded machines that stand in for it. */
export { describeDevice } from './description.ts';
export { loadKoffi } from './native.ts';
export { type Peer, peerOf } from './peer.ts';
export { createRealHost } from './real.ts';
export { createRecordedHost } from './recorded.ts';
export { createRecorder } from './recorder.ts';
export { parseRecording } from './recording.ts';
