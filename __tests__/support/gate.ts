import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A port of this machine in front of a server, which lets connections through as a firewall says at that moment. */
export interface Gate {
  readonly host: string;
  readonly port: number;
  /** Connections that asked so far, let through or not. */
  asked(): number;
  /** How often the server has answered what a client sent since its last answer: round trips after that of TCP. */
  turns(): number;
  close(): Promise<void>;
}

/** `admits` is asked for each connection: true for the runner's address. A refused one is reset. */
export async function gateTo(server: { readonly port: number }, admits: () => boolean): Promise<Gate> {
  let asked = 0;
  let turns = 0;
  const open = new Set<Socket>();
  const gate = createServer(socket => {
    asked += 1;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    if (!admits()) {
      socket.resetAndDestroy();
      return;
    }
    const through = connect(server.port, '127.0.0.1');
    open.add(through);
    through.on('error', () => socket.destroy()).on('close', () => open.delete(through));
    socket.on('close', () => through.destroy());
    let isAsking = false;
    socket.on('data', () => {
      isAsking = true;
    });
    through.on('data', () => {
      turns += isAsking ? 1 : 0;
      isAsking = false;
    });
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>(resolve => {
    gate.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: '127.0.0.1',
    port: (gate.address() as AddressInfo).port,
    asked: () => asked,
    turns: () => turns,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise(resolve => {
        gate.close(resolve);
      });
    }
  };
}
