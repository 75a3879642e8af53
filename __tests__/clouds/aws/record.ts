import type { Masks } from '../exchange.ts';

export const MASKS: Masks = [
  [/((?:^|&)(?:MasterUserPassword|TdeCredentialPassword|WebIdentityToken)=)[^&]*/g, '$1secret-masked'],
  [/((?:^|&)PreSignedUrl=)[^&]*/g, '$1https%3A%2F%2Fmasked'],
  [/("SecretString"\s*:\s*)"(?:[^"\\]|\\.)*"/g, '$1"masked"'],
  [/<(SecretAccessKey|SessionToken)>[^<]*</g, '<$1>masked<']
];
