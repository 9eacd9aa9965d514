/** `stance token`: tokens are shown once, here; the service keeps their hashes. */
import { StanceError } from '../model/index.ts';
import { say, sayJson, warn } from './output.ts';
import { call, type RemoteOptions } from './remote.ts';

const wholeNumber = (text: string, what: string, most: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new StanceError('usage', `${what} is a whole number from 1 to ${most}, not ${text}.`);
  return value;
};

function show(answer: unknown, json: boolean | undefined): number {
  const { token, ...rest } = answer as { token: string };
  if (json) sayJson(answer);
  else {
    say(token);
    warn(`Keep it: it is not shown again. ${JSON.stringify(rest)}`);
  }
  return 0;
}

export const createEnrollmentToken = async (options: RemoteOptions & { uses: string; expires: string; approve?: boolean; owner?: string }): Promise<number> =>
  show(
    await call(options, 'POST', '/v1/enrollment-tokens', {
      uses: wholeNumber(options.uses, '--uses', 1_000_000),
      expiresInSeconds: wholeNumber(options.expires, '--expires', 8760) * 3600,
      approves: options.approve === true,
      ...(options.owner === undefined ? {} : { owner: options.owner }),
    }),
    options.json,
  );

export const createAccessToken = async (name: string, options: RemoteOptions & { scope: string[] }): Promise<number> =>
  show(await call(options, 'POST', '/v1/tokens', { name, scopes: options.scope }), options.json);
