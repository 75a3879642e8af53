import { holdToContract } from './contract.ts';
import { digitaloceanHarness } from './digitalocean-harness.ts';

describe('the provider digitalocean', () => holdToContract(digitaloceanHarness));
