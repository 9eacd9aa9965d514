/** Healthy evidence of before, played back after the device said that it is not healthy any more, decides nothing. */
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';

let recorded = '';

export default defineAttack({
  gets: '200 superseded',
  async prepare({ attacked }) {
    recorded = (await attacked.report(HEALTHY)).jws;
    await attacked.report(FAILING);
  },
  run: ({ report }) => report(recorded),
});
