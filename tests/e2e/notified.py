"""A notification daemon: it shows nothing, prints what it was asked as one JSON object a line, and presses what it reads.

With the argument "tray" it is the place for tray icons, too.
"""

import json
import sys
import threading

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"
TRAY = "org.kde.StatusNotifierWatcher"


def tell(**what):
    print(json.dumps(what), flush=True)


class Daemon(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(dbus.service.BusName(NAME, bus), "/org/freedesktop/Notifications")
        self.last = 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, title, text, actions, hints, lasts):
        self.last += 0 if replaces else 1
        shown = int(replaces) or self.last
        tell(told="notify", id=shown, app=str(app), title=str(title), text=str(text), actions=[str(a) for a in actions], lasts=int(lasts))
        return dbus.UInt32(shown)

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, shown):
        tell(told="close", id=int(shown))
        self.NotificationClosed(shown, dbus.UInt32(3))

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body", "body-markup"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return "notified", "timbre", "1", "1.2"

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, shown, action):
        pass

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, shown, why):
        pass


class Tray(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(dbus.service.BusName(TRAY, bus), "/StatusNotifierWatcher")

    @dbus.service.method(TRAY, in_signature="s")
    def RegisterStatusNotifierItem(self, item):
        tell(told="icon", item=str(item))

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return {"IsStatusNotifierHostRegistered": True, "ProtocolVersion": 0}[name]


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    daemon = Daemon(bus)
    tray = Tray(bus) if "tray" in sys.argv[1:] else None
    loop = GLib.MainLoop()

    def read():
        for line in sys.stdin:
            shown, action = line.split()
            GLib.idle_add(daemon.ActionInvoked, dbus.UInt32(int(shown)), action)
        GLib.idle_add(loop.quit)

    threading.Thread(target=read, daemon=True).start()
    tell(told="ready", tray=tray is not None)
    loop.run()


main()
