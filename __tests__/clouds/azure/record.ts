import type { Masks } from '../exchange.ts';

/**
 * Of the operations that the official description has: not the address of a next page or of an operation, which Azure
 * names itself.
 */
const DESCRIBED =
  /\/providers\/Microsoft\.DBforPostgreSQL\/(?!.*(azureAsyncOperation|operationResults|skiptoken|\/providers\/))/i;

/** The record of a request: apart what has no official description here. */
export function recordOf(url: string): string {
  return DESCRIBED.test(url) ? 'azure' : 'azure-around';
}

export const MASKS: Masks = [
  [/("administratorLoginPassword"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"Masked-secret-1"'],
  [/((?:^|&)(?:client_secret|client_assertion)=)[^&]*/g, '$1masked'],
  [/("access_token"\s*:\s*)"[^"]*"/g, '$1"masked"']
];
