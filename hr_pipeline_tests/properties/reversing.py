"""An undo as the oracle sees it: what the newest run of a connection wrote goes back, field by field, where nobody has touched it since.

May import: `model`, `questions`.
"""

from hr_pipeline_tests.properties.model import FIELDS, Account, Run
from hr_pipeline_tests.properties.questions import Questions


class Reversing(Questions):
    """Runs taken back."""

    def undo(self, letter: str) -> str | None:
        """The newest run of a connection is taken back, where nobody has touched what it wrote; returns the code of a refusal."""
        run = self.runs[letter]
        back = {account: self._reversible(run, account) for account in run.left if account in self.accounts}
        concerned = any(run.found[a] is None or self._changed(run, a) for a in back)
        while self._refused(run, back):
            pass
        here = {k: v for k, v in self.absent.items() if k[0] == letter and k in self.links}
        if not any(back.values()) and not (run.was_newest and here.keys() != {k for k in run.absent if k in self.links}):
            return "UNDO_BLOCKED" if concerned else "UNDO_NOTHING"
        self._now += 1
        for account, fields in back.items():
            self._take_back(run, account, fields)
        if run.was_newest:
            self._newest[letter].pop()
            self.absent = {k: v for k, v in self.absent.items() if k[0] != letter} | {
                k: v for k, v in run.absent.items() if k in self.links
            }
        del self.runs[letter]
        return None

    def _changed(self, run: Run, account: Account) -> set[str]:
        """What the run changed of an account that was there before."""
        found, left = run.found[account], run.left[account]
        if found is None:
            return set()
        fields = {name for name in FIELDS if found.values[name] != left.values[name]}
        return fields | ({"pay"} if found.paid != left.paid else set()) | ({"link"} if found.key != left.key else set())

    def _reversible(self, run: Run, account: Account) -> set[str]:
        if run.found[account] is None:
            return set() if any(at > run.at for at in account.touched.values()) else {"account"}
        return {name for name in self._changed(run, account) if account.touched.get(name, 0) <= run.at}

    def _refused(self, run: Run, back: dict[Account, set[str]]) -> bool:
        """Addresses and links that somebody else keeps can't come back; whether one more was found."""
        for account, fields in back.items():
            found = run.found[account]
            keeps = [a for a in self.accounts if a is not account and not back.get(a, set()) & {"email", "account"}]
            if found and "email" in fields and found.values["email"] and any(a.values["email"] == found.values["email"] for a in keeps):
                fields.discard("email")
                return True
            other = self.links.get(found.key) if found and found.key and "link" in fields else None
            if other and other is not account and not back.get(other, set()) & {"link", "account"}:
                fields.discard("link")
                return True
        return False

    def _take_back(self, run: Run, account: Account, fields: set[str]) -> None:
        found = run.found[account]
        if "account" in fields or "link" in fields:
            self.links = {key: a for key, a in self.links.items() if a is not account}
            self.absent = {key: frozen for key, frozen in self.absent.items() if key != account.key}
        if "account" in fields:
            self.accounts.remove(account)
            account.key = None
        elif fields and found:
            values = {name: found.values[name] if name in fields else account.values[name] for name in FIELDS}
            if fields - {"pay", "link"}:
                account.values, account.synced, account.edited, account.version = values, dict(values), False, account.version + 1
            if "pay" in fields:
                account.gross, account.paid = found.gross, account.paid + 1
            if "link" in fields:
                account.company, account.key = found.company, found.key
                if found.key:
                    self.links[found.key] = account
                    self.ended.pop(found.key, None)
            account.taken = None
            back = {name for name, at in account.touched.items() if at == run.at and (name in fields or "link" in fields)}
            account.touched |= {name: found.touched.get(name, 0) for name in back}
