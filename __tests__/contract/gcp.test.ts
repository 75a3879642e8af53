import { holdToContract } from './contract.ts';
import { gcpBed } from './gcp-harness.ts';

describe('the provider gcp', () => holdToContract(gcpBed));
