import { holdToContract } from './contract.ts';
import { digitaloceanBed } from './digitalocean-harness.ts';

describe('the provider digitalocean', () => holdToContract(digitaloceanBed));
