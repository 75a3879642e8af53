import ipaddr from 'ipaddr.js';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ActionError } from '../errors.ts';

/** Answers with the address that a request came from, over IPv4 only. Run by AWS. */
export const ADDRESS_SERVICE = 'https://checkip.amazonaws.com';

const SECONDS = 10;
/** Of an answer. An address and a line break have 16 characters. */
const MOST_CHARACTERS = 64;

/**
 * The public IPv4 address of this runner, as a service on the internet sees it: neither GitHub nor the machine knows
 * it. Asked over IPv4, without a proxy, as the database will be. Throws `not-reachable` when no service answers, or
 * when the answer is anything but one public address.
 */
export async function askRunnerAddress(service: string, signal: AbortSignal): Promise<string> {
  const answer = await asked(service, signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw refused(service, thrown instanceof Error ? thrown.message : 'no answer');
  });
  return publicAddress(service, answer);
}

/** The address in an answer. Throws `not-reachable` for anything else. */
export function publicAddress(service: string, answer: string): string {
  const text = answer.trim();
  if (ipaddr.IPv6.isValid(text)) {
    throw refused(service, 'it answers with an IPv6 address, and firewalls take an IPv4 address');
  }
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text) || !ipaddr.IPv4.isValidFourPartDecimal(text)) {
    throw refused(service, 'its answer is not an IPv4 address');
  }
  const { octets } = ipaddr.IPv4.parse(text);
  const range = ipaddr.IPv4.parse(text).range();
  // Addresses for documentation are on no network; tests use them.
  const isDocumentation = /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\./.test(text);
  if (octets[0] === 0 || (range !== 'unicast' && !isDocumentation)) {
    throw refused(service, `its answer, ${text}, is not a public address`);
  }
  return text;
}

async function asked(service: string, signal: AbortSignal): Promise<string> {
  const url = new URL(service);
  const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]);
  return new Promise((resolve, reject) => {
    const call = send(url, { family: 4, signal: limit, headers: { accept: 'text/plain', 'user-agent': 'pgkeep' } });
    call.on('error', reject);
    call.on('response', response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('error', reject);
      response.on('data', (part: string) => {
        text += part;
        if (text.length <= MOST_CHARACTERS) return;
        reject(new Error('its answer is too long'));
        call.destroy();
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`it answers with status ${response.statusCode}`));
      });
    });
    call.end();
  });
}

function refused(service: string, why: string): ActionError {
  return new ActionError(`Could not find out the address of this runner from ${new URL(service).origin}: ${why}`, {
    code: 'not-reachable',
    source: 'provider',
    hint: 'Set `runner_address` to the public IPv4 address of this runner, or `runner_address_service` to another service that answers with it.'
  });
}
