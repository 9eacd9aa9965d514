/** A person's name comes out of the decisions that are kept however the caller spelled it, and nobody else's line is touched. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

const NAMES = ['zoë@example.com', 'zo\u00eb"\n{"x":1}'];

export default defineAttack({
  gets: '200',
  async run({ attacked, post, token, service }) {
    const headers = await token('decide');
    const ask = (id: string) =>
      `{"subject":{"type":"user","id":${id}},"action":{"name":"open"},"resource":{"type":"app","id":"wiki"},"context":{"device":{"id":"${attacked.id}"}}}`;
    const spellings = (name: string): string[] => {
      const plain = JSON.stringify(name);
      // As Python writes it, as PHP does, and as nobody would.
      const ascii = plain.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
      return [plain, ascii, plain.replace('z', '\\u007A'), ascii.replace('@', '\\u0040')];
    };
    const answers = [];
    for (const name of NAMES) {
      for (const spelled of spellings(name)) answers.push(await post('/access/v1/evaluation', ask(spelled), headers));
      answers.push(await post('/access/v1/evaluation', ask('"somebody else"').replaceAll(',', ',\n'), headers));
      expect((await service.call('POST', '/v1/erasures', { subject: name })).json()).toEqual({ devices: [], decisions: 4 });
      expect((await service.call('POST', '/v1/erasures', { subject: name })).json()).toEqual({ devices: [], decisions: 0 });
    }
    expect((await service.call('POST', '/v1/erasures', { subject: 'somebody else' })).json().decisions).toBe(2);
    return answers;
  },
});
