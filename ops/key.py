"""Print fresh secrets for `.env`: `make key`."""

import secrets

from cryptography.fernet import Fernet

from integrations.push.keys import make_vapid_key


def main() -> None:
    print(f"SECRET_KEY={secrets.token_urlsafe(48)}")
    print(f"TOKEN_KEYS={Fernet.generate_key().decode()}")
    print(f"VAPID_KEY={make_vapid_key()}")


if __name__ == "__main__":
    main()
