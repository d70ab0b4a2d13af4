"""The two encodings of remote write and OTLP, as far as an oracle has to read them."""


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def varints(data):
    """The numbers of a packed field."""
    at, numbers = 0, []
    while at < len(data):
        value, at = _varint(data, at)
        numbers.append(value)
    return numbers


def fields(message):
    """The fields of a protobuf message: [(number, value)], where a value is an integer, or the bytes of any other."""
    at, found = 0, []
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                if kind != 2:
                    raise ValueError(f"wire type {kind}")
                size, at = _varint(message, at)
            if at + size > len(message):
                raise ValueError("a field is cut off")
            value = message[at:at + size]
            at += size
        found.append((key >> 3, value))
    return found


def unsnappy(packed):
    """A block of the format Snappy, unpacked."""
    size, at = _varint(packed, 0)
    out = bytearray()
    while at < len(packed):
        tag = packed[at]
        at += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length = int.from_bytes(packed[at:at + extra], "little") + 1
                at += extra
            out += packed[at:at + length]
            at += length
            continue
        if tag & 3 == 1:
            length = (tag >> 2 & 7) + 4
            offset = (tag >> 5) << 8 | packed[at]
            at += 1
        else:
            length = (tag >> 2) + 1
            extra = 2 if tag & 3 == 2 else 4
            offset = int.from_bytes(packed[at:at + extra], "little")
            at += extra
        start = len(out) - offset
        if offset == 0 or start < 0:
            raise ValueError("a copy of what is not there")
        if offset >= length:
            out += out[start:start + length]
        else:  # of what it writes itself
            out += (out[start:] * (length // offset + 1))[:length]
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes instead of {size}")
    return bytes(out)
