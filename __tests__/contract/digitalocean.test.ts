import { holdToContract } from './contract.ts';
import { digitaloceanBed } from './digitalocean-bed.ts';

describe('the provider digitalocean', () => holdToContract(digitaloceanBed));
