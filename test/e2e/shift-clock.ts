/** Loaded before the command line (`NODE_OPTIONS=--import=…`): its process lives at another time. */
const shiftMs = Number(process.env.STANCE_TEST_CLOCK_MS ?? 0);
const clock = Date.now;
Date.now = () => clock() + shiftMs;
