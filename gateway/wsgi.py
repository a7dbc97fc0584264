"""The application as gunicorn loads it, in the worker, so that the broker's client is made after the fork."""

from gunicorn.http.errors import ParseException

from chassis import garbage, logs
from chassis.bus.client import RpcClient
from chassis.files import FileStore
from chassis.settings import Settings
from gateway import problems
from gateway.app import create_app

settings = Settings.from_environment("TOKEN_PUBLIC_KEY")
logs.configure("gateway", settings.log_level)
client = RpcClient.connect(settings.amqp_uri("gateway"), installation_id=settings.installation_id)
app = create_app(client, FileStore(settings.var_dir / "files"), trusted_proxies=settings.trusted_proxies)
app.register_error_handler(ParseException, problems.of_parsing)
garbage.begin()
