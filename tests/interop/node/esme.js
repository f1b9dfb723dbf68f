// node-smpp as ESME: binds to argv[2]:argv[3] (over TLS, trusting argv[4], where it is given), submits, answers what is delivered, unbinds.
// One JSON object a line says what it saw.
const smpp = require('smpp');
const say = (word, fact) => console.log(JSON.stringify({ word, fact }));
const [host, port, ca] = process.argv.slice(2);
const tls = ca ? { tls: true, ca: require('fs').readFileSync(ca), servername: 'localhost' } : {};
const session = smpp.connect({ host, port: Number(port), ...tls }, () => {
  session.bind_transceiver({ system_id: 'astro', password: 'secret' }, (bound) => {
    say('bound', { status: bound.command_status, as: bound.system_id });
    session.enquire_link({}, () => say('alive', true));
    session.submit_sm(
      { source_addr: '543', destination_addr: '41791234567', short_message: 'Grüezi €', registered_delivery: 1 },
      (answer) => say('answer', { status: answer.command_status, id: answer.message_id }),
    );
  });
});
session.on('enquire_link', (pdu) => session.send(pdu.response()));
session.on('deliver_sm', (pdu) => {
  say('delivered', { from: pdu.source_addr, text: pdu.short_message.message, tag: pdu.message_state });
  session.send(pdu.response({ command_status: smpp.ESME_RX_T_APPN }), () => {
    session.unbind({}, () => {
      say('unbound', true);
      session.close();
    });
  });
});
session.on('error', (error) => say('error', String(error)));
session.on('close', () => process.exit(0));
