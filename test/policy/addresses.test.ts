/** Addresses and ranges, held against Node's own. */
import { BlockList, isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressOf, addressRangeOf, isIn } from '../../src/policy/addresses.ts';

const piece = fc.constantFrom('0', '1', '255', '256', '01', 'ff', 'FFFF', '12345', '', 'g', '192', '168', '.', ':', '::', '/', '%', ' ', '1.2.3.4');
const anyText = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.ipV4(),
  fc.ipV6(),
);

test('what is an address is what Node takes for one, but for zones', () => {
  fc.assert(
    fc.property(anyText, (text) => expect({ text, is: addressOf(text) !== undefined }).toEqual({ text, is: isIP(text) !== 0 && !text.includes('%') })),
    { numRuns: 5000 },
  );
});

test('what lies in a range does so by Node', () => {
  const family = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4');
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.integer({ min: 0, max: 128 }),
      fc.boolean(),
      (network, other, length, same) => {
        const bits = family(network) === 'ipv4' ? length % 33 : length;
        // Two at random are hardly ever in one range.
        const address = same ? network : other;
        const list = new BlockList();
        list.addSubnet(network, bits, family(network));
        const [range, bytes] = [addressRangeOf(`${network}/${bits}`), addressOf(address)];
        if (range === undefined || bytes === undefined) throw new Error(`${network} or ${address} is no address`);
        if (family(network) === family(address)) expect(isIn(range, bytes)).toBe(list.check(address, family(address)));
      },
    ),
    { numRuns: 2000 },
  );
});

test('an IPv4 address is the IPv6 address that stands for it', () => {
  const range = addressRangeOf('192.0.2.0/24');
  const [mapped, outside] = [addressOf('::ffff:192.0.2.7'), addressOf('::ffff:192.0.3.7')];
  if (range === undefined || mapped === undefined || outside === undefined) throw new Error('not parsed');
  expect([isIn(range, mapped), isIn(range, outside)]).toEqual([true, false]);
});

test.each(['192.0.2.0/33', '192.0.2.0/-1', '192.0.2.0/', '192.0.2.0/8/8', '2001:db8::/129', '192.0.2.0/08', '', '/24', 'office'])(
  '"%s" is no range',
  (text) => {
    expect(addressRangeOf(text)).toBeUndefined();
  },
);
