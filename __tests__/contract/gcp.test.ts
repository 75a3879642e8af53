import { holdToContract } from './contract.ts';
import { gcpHarness } from './gcp-harness.ts';

describe('the provider gcp', () => holdToContract(gcpHarness));
