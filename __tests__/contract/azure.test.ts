import { azureHarness } from './azure-harness.ts';
import { holdToContract } from './contract.ts';

describe('the provider azure', () => holdToContract(azureHarness));
