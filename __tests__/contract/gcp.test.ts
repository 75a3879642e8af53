import { holdToContract } from './contract.ts';
import { gcpBed } from './gcp-bed.ts';

describe('the provider gcp', () => holdToContract(gcpBed));
