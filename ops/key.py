"""Print fresh secrets for `.env`: `make key`."""

import secrets

from cryptography.fernet import Fernet


def main() -> None:
    print(f"SECRET_KEY={secrets.token_urlsafe(48)}")
    print(f"TOKEN_KEYS={Fernet.generate_key().decode()}")


if __name__ == "__main__":
    main()
