# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the loader may say and end with, whatever it was given: lsmslot(8)."""
import json
import re

STATUSES = range(10)
SANITIZER = 99
OPTIONS = "detect_leaks=0:print_stacktrace=1:allocator_may_return_null=1:exitcode=%d" % SANITIZER

# Control characters, and what hides, joins or reorders the text around it.
HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
                    "\u2060-\u206f\ufeff\ufff0-\uffff\U000e0000-\U000e0fff]")


def unprintable(data):
    """What in the output would reach a terminal as something else than text."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return "invalid UTF-8 at byte %d" % error.start
    hidden = HIDDEN.search(text)
    return "character U+%04X at %d" % (ord(hidden[0]), hidden.start()) if hidden else None


def documents(text):
    """The values of JSON in text, one or more."""
    decoder, at, found = json.JSONDecoder(), 0, []
    text = text.decode().strip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def sentences(status, out, err, as_json):
    """What is wrong with what was said, None if nothing."""
    lines = err.decode().splitlines()
    if as_json and status and not lines:
        said = documents(out)[-1:]
        if not said or not {"error", "status"} <= set(said[0]) or said[0]["status"] != status:
            return "no error object"
        return None
    # The usage, to whoever named no command.
    if status == 2 and lines and lines[0] == "usage: lsmslot COMMAND [ARGUMENT]...":
        return None
    if not status:
        wrong = [line for line in lines if not line.startswith("lsmslot: ")]
        return "status 0, but %r" % wrong[0] if wrong else None
    if not lines:
        return "status %d without a word" % status
    if not lines[0].startswith("lsmslot: "):
        return "no sentence: %r" % lines[0]
    # Behind the sentence comes the verifier's log.
    if status == 7 and re.search(r"log|lockdown=integrity", lines[0]):
        return None
    if len(lines) > 1:
        return "%d lines for one fault" % len(lines)
    return None


def judge(status, out, err, as_json=False, stream=False):
    """What is wrong with an end of the loader, None if nothing.  A stream is a document a line."""
    # Of the sanitizer, before the loader's own word.
    err = re.sub(rb"^==\d+==WARNING: AddressSanitizer failed to allocate.*\n", b"", err)
    if status < 0:
        return "signal %d" % -status
    if status == SANITIZER:
        return "sanitizer"
    if status not in STATUSES:
        return "status %d" % status
    for name, data in ("standard output", out), ("standard error", err):
        wrong = unprintable(data)
        if wrong:
            return "%s: %s" % (name, wrong)
    if as_json and out and not out.startswith(b"usage: "):
        try:
            number = len(documents(out))
        except ValueError as error:
            return "no JSON: %s" % error
        if number != 1 and not stream:
            return "%d JSON documents" % number
    return sentences(status, out, err, as_json)
