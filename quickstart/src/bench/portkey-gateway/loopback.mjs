// Servers that do not say where they listen do so on every interface; here, on the loopback alone.
import { Server } from 'node:net';

const listen = Server.prototype.listen;

Server.prototype.listen = function (port, ...others) {
  if (typeof port === 'object' || others.some((other) => typeof other === 'string')) {
    return listen.call(this, port, ...others);
  }
  const ready = others.filter((other) => typeof other === 'function');
  return listen.call(this, { port, host: '127.0.0.1' }, ...ready);
};
