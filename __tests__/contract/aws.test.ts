import { awsBed } from './aws-bed.ts';
import { holdToContract } from './contract.ts';

describe('the provider aws', () => holdToContract(awsBed));
