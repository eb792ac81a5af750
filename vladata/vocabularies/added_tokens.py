"""`added-tokens`: a family of tokens that were added to the tokenizer for actions, numbered by the bins.

<robot_action_{N}>                                      <robot_action_1><robot_action_128>   (starVLA)
<action_{N}>, start <action_start>, end <action_end>    <action_start><action_1><action_128><action_end>   (MolmoAct2)
"""

from vladata.errors import CodecError, UsageError
from vladata.vocabularies.demand import Demand
from vladata.vocabularies.tokenizer import Tokenizer
from vladata.vocabularies.vocabulary import SHOWN, Vocabulary, one_id_a_bin

KIND = "added-tokens"
NUMBER = "{N}"


def added_tokens(
    demand: Demand, tokenizer: Tokenizer, *, pattern: str = "", start: str = "", end: str = ""
) -> Vocabulary:
    """Return the vocabulary in which bin b is the token `pattern` with b in the place of {N}.

    start, end: tokens before the first bin and after the last; "" for none.
    Raises UsageError for a pattern without {N}, CodecError if the tokenizer lacks one of the tokens.
    """
    if pattern.count(NUMBER) != 1:
        allowed = f"one {NUMBER} in it, <action_{NUMBER}>"
        raise UsageError("the pattern does not have a place for the number", got=pattern, allowed=allowed)
    family = [pattern.replace(NUMBER, str(b)) for b in range(demand.least, demand.least + demand.bins)]
    wrapping = [piece for piece in (start, end) if piece]
    missing = [piece for piece in (*family, *wrapping) if piece not in tokenizer.id_of]
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        what = f"the tokenizer has no token {', '.join(missing[:SHOWN])}{more}"
        hint = (
            "Add them to the tokenizer (add_tokens), resize the model's embedding to its size, and save both."
        )
        raise CodecError(what, where=tokenizer.path, hint=hint)
    ids = [tokenizer.id_of[piece] for piece in family]
    around = {
        name: (tokenizer.id_of[piece],) if piece else () for name, piece in (("start", start), ("end", end))
    }
    return one_id_a_bin(
        KIND,
        demand,
        ids,
        **around,
        pieces=tokenizer.pieces_of([*ids, *around["start"], *around["end"]]),
        tokenizer=tokenizer.identity,
        made={"pattern": pattern},
    )
