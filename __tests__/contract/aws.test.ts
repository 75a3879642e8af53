import { awsHarness } from './aws-harness.ts';
import { holdToContract } from './contract.ts';

describe('the provider aws', () => holdToContract(awsHarness));
