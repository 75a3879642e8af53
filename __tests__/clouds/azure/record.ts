import type { Masks } from '../exchange.ts';

/**
 * Of the operations that the official description has: not the address of a next page or of an operation, which Azure
 * names itself.
 */
const DESCRIBED =
  /\/providers\/Microsoft\.DBforPostgreSQL\/(?!.*(azureAsyncOperation|operationResults|skiptoken|\/providers\/))/i;

/**
 * The record of a request: apart what has no official description here, such as a promotion that names its server
 * (https://github.com/Azure/azure-cli/issues/33776).
 */
export function recordOf(url: string, method: string, body: string): string {
  const isDescribed = DESCRIBED.test(url) && !(method === 'PATCH' && body.includes('sourceServerResourceId'));
  return isDescribed ? 'azure' : 'azure-around';
}

export const MASKS: Masks = [
  [/("administratorLoginPassword"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"Masked-secret-1"'],
  [/((?:^|&)(?:client_secret|client_assertion)=)[^&]*/g, '$1masked'],
  [/("access_token"\s*:\s*)"[^"]*"/g, '$1"masked"']
];
