/** JSON in which a member stands twice, in whatever spelling, is read by nobody, so that nobody reads it otherwise. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  run: ({ post }) =>
    Promise.all([
      post('/v1/nonces', '{"purpose":"enrollment","purpose":"evidence"}'),
      post('/v1/nonces', '{"purpose":"enrollment","p\\u0075rpose":"evidence"}'),
      post('/v1/enrollments', '{"token":"a","proof":"b","token":"c"}'),
      post('/v1/nonces', '{"purpose":"enrollment","__proto__":{"device":"x"}}'),
      post('/v1/enrollments', '{"token":"a","proof":"b","description":{"__proto__":{"model":"x"}}}'),
      post('/v1/nonces', `{"purpose":"enrollment","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
      post('/v1/nonces', `{"purpose":"enrollment","x":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`),
    ]),
});
