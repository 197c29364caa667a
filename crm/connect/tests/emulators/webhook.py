"""A receiver of webhooks that believes nobody: the library of Standard Webhooks checks each message, and ids are kept."""

import json

from plumbing import Answer, Emulator, serve
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(Emulator):
    def __init__(self):
        super().__init__()
        self.messages, self.hook = {}, Webhook(KEY)

    def settings(self):
        return {"checked": self.hook is not None}

    def records(self, _):
        return list(self.messages.values())

    def answer(self, request):
        if (request.method, request.path) != ("POST", "/hook"):
            raise Answer(404)
        try:
            message = self.hook.verify(request.body.decode(), {name.lower(): value for name, value in request.headers.items()})
        except WebhookVerificationError:
            raise Answer(401)
        message = message if isinstance(message, dict) else json.loads(request.body)
        self.messages.setdefault(request.headers["webhook-id"], message)
        return Answer(204)


if __name__ == "__main__":
    serve(Receiver())
