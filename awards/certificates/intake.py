"""Takes a file handed in by anyone into memory, never onto the disk, and of one too large no more than is allowed."""

import io

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from .sealing import service

ENVELOPE = 16 * 1024  # what a form adds around its file


class InMemoryOnly(FileUploadHandler):
    """Keeps the beginning of the file; its size is told as it was."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.content = io.BytesIO()

    def receive_data_chunk(self, raw_data, start):
        self.content.write(raw_data[: max(0, service().MOST_BYTES - self.content.tell())])

    def file_complete(self, file_size):
        self.content.seek(0)
        return InMemoryUploadedFile(self.content, self.field_name, self.file_name, self.content_type, file_size, None)


def is_too_large(request) -> bool:
    """Whether the request says of itself that it is larger than any certificate; nothing of it has been read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length) > service().MOST_BYTES + ENVELOPE
