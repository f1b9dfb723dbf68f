"""SMPP v3.4 without I/O: codes, PDU tables, codec, receipt text, session."""
