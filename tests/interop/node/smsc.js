// node-smpp as message centre: refuses the password "wrong", answers what is submitted and delivers an MO for it.
// With argv[2] and argv[3], certificate and key, it speaks TLS. The first line says its port; one JSON object a line says what it saw.
const smpp = require('smpp');
const say = (word, fact) => console.log(JSON.stringify({ word, fact }));
const read = (path) => require('fs').readFileSync(path);
const [cert, key] = process.argv.slice(2);
const tls = cert ? { cert: read(cert), key: read(key) } : {};
const server = smpp.createServer(tls, (session) => {
  const bind = (pdu) => {
    const refused = pdu.password === 'wrong';
    say('bind', { command: pdu.command, system_id: pdu.system_id, version: pdu.interface_version, refused });
    session.send(pdu.response({ command_status: refused ? smpp.ESME_RINVPASWD : 0, system_id: 'node' }));
    if (refused) session.close();
    else session.enquire_link({}, (answer) => say('alive', answer.command_status));
  };
  session.on('bind_transceiver', bind);
  session.on('bind_transmitter', bind);
  session.on('bind_receiver', bind);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => {
    say('submitted', { to: pdu.destination_addr, text: pdu.short_message.message });
    session.send(pdu.response({ message_id: 'N1' }));
    session.deliver_sm(
      { source_addr: '41791234567', destination_addr: '543', short_message: 'HOROSKOP' },
      (answer) => say('answer', { status: answer.command_status }),
    );
  });
  session.on('unbind', (pdu) => {
    say('unbind', true);
    session.send(pdu.response(), () => session.close());
  });
  session.on('error', (error) => say('error', String(error)));
});
server.listen(0, '127.0.0.1', () => say('port', server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
