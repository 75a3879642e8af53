import { azureBed } from './azure-bed.ts';
import { holdToContract } from './contract.ts';

describe('the provider azure', () => holdToContract(azureBed));
