import type { Notice } from '../engine/plan.ts';
import { asSentence } from '../engine/sentence.ts';
import { ProviderError } from '../errors.ts';
import type { Run } from './command.ts';

/**
 * Begins to read what the metrics suggest, where `advice` asks for it, while the run reads the rest. Metrics that may
 * not be read cost the check nothing: a line of the log names the permission.
 */
export function readAdvice({ session, inputs, runtime }: Run): () => Promise<readonly Notice[]> {
  if (inputs.run.advice !== true || session.target.pullRequest !== undefined) return async () => [];
  const reading = session.advice();
  reading.catch(() => undefined);
  return async () => {
    try {
      const all = await reading;
      for (const { severity, message } of all) runtime.log[severity === 'info' ? 'info' : 'warning'](message);
      return all;
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      const hint = thrown.hint === undefined ? '' : ` ${thrown.hint}`;
      runtime.log.warning(`Metrics for \`advice\` could not be read: ${asSentence(thrown.message)}${hint}`);
      return [];
    }
  };
}
