"""HTTP: the doors, the native API, the portal, and the server that serves them."""

from starlette.convertors import register_url_convertor

from smsc.http.ids import IdConvertor

register_url_convertor("id", IdConvertor())
