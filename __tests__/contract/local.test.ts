import { localHarness } from './local-harness.ts';
import { holdToContract } from './contract.ts';

describe('the provider local', () => holdToContract(localHarness));
