import { localBed } from './local-bed.ts';
import { holdToContract } from './contract.ts';

describe('the provider local', () => holdToContract(localBed));
