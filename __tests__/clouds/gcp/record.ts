import type { Masks } from '../exchange.ts';

export const MASKS: Masks = [
  [
    /("(?:password|rootPassword|access_token|accessToken|subject_token|subjectToken|data)"\s*:\s*)"(?:[^"\\]|\\.)*"/g,
    '$1"masked"'
  ],
  [/((?:^|&)subject_token=)[^&]*/g, '$1masked']
];
